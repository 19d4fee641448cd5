#pragma once
// A doubly linked list whose links live in its elements: no allocation, removal from anywhere in
// O(1). Owns nothing. Not thread-safe.

namespace certloop::loop {

template <class T>
struct Link {
  T* before = nullptr;
  T* after = nullptr;
};

// `link` is the member of T that this chain uses; an element is in at most one chain per member.
template <class T, Link<T> T::*link>
class Chain {
 public:
  bool empty() const { return first_ == nullptr; }
  T* front() const { return first_; }
  static T* next(const T& element) { return (element.*link).after; }

  void push_back(T& element) {
    (element.*link) = {last_, nullptr};
    (last_ == nullptr ? first_ : (last_->*link).after) = &element;
    last_ = &element;
  }

  void remove(T& element) {
    const Link<T> old = element.*link;
    (old.before == nullptr ? first_ : (old.before->*link).after) = old.after;
    (old.after == nullptr ? last_ : (old.after->*link).before) = old.before;
    (element.*link) = {};
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace certloop::loop
