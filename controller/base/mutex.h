#pragma once
// A mutex that clang's thread-safety analysis can see (-Wthread-safety in the tidy preset): bare
// std::mutex carries no annotations, so a missing lock would go unnoticed.
#include <mutex>

#if defined(__clang__)
#define CERTLOOP_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define CERTLOOP_THREAD_ATTRIBUTE(x)
#endif
#define CAPABILITY(x) CERTLOOP_THREAD_ATTRIBUTE(capability(x))
#define SCOPED_CAPABILITY CERTLOOP_THREAD_ATTRIBUTE(scoped_lockable)
#define GUARDED_BY(x) CERTLOOP_THREAD_ATTRIBUTE(guarded_by(x))
#define REQUIRES(...) CERTLOOP_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) CERTLOOP_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define RELEASE(...) CERTLOOP_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define EXCLUDES(...) CERTLOOP_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))

namespace certloop {

// Works with std::condition_variable_any, which calls lock() and unlock().
class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class SCOPED_CAPABILITY Lock {
 public:
  explicit Lock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~Lock() RELEASE() { mutex_.unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace certloop
