#pragma once
// Which of the processes on one state directory reconciles: the one that holds flock(2) on
// `controller.lock` in it. There is no expiry to get wrong: the kernel lets go when the process
// dies, however it dies. The others may read and write the store all the same.
#include <filesystem>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace certloop::loop {

class ControllerLock {
 public:
  // Who holds it, as written in the file; for messages only, never for decisions.
  struct Holder {
    long pid = 0;
    std::string host;
    Time since{};
    std::string command = {};  // "apply"; empty: one of an earlier version
  };

  // Takes the lock, or says at once why not. The directory must exist and be on a local file
  // system (the store refuses others).
  // Error: conflict (held: the message names the holder and what to do); denied, internal (the file
  // cannot be opened or written).
  static Result<ControllerLock> try_acquire(const std::filesystem::path& state_directory,
                                            const Clock& clock, const std::string& command = {});

  // Whether the directory still has the file that is locked here. Where it was deleted, moved away
  // or replaced, another controller can lock a file of the same name: whoever holds this one must
  // stop. Error: unavailable.
  Result<void> check() const;

  // The holder named in the file. Error: not_found (never held, or its holder has let go).
  static Result<Holder> holder(const std::filesystem::path& state_directory);

  ControllerLock(ControllerLock&& other) noexcept;
  ControllerLock& operator=(ControllerLock&&) = delete;
  ~ControllerLock();  // lets go

 private:
  ControllerLock(int file, std::filesystem::path path) : file_(file), path_(std::move(path)) {}
  int file_;
  std::filesystem::path path_;
};

// "process 4711 on host-1 (certloop apply), since 2026-11-21T12:00:00Z"
std::string text_of(const ControllerLock::Holder& holder);

}  // namespace certloop::loop
