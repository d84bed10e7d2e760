// Threads that must not wait for another machine: event loops. What would wait asks first, and refuses.
#pragma once

namespace countersign {

/// While it stands, this thread is one of those.
class NoWaiting {
  public:
    NoWaiting() { ++depth(); }
    NoWaiting(const NoWaiting&) = delete;
    NoWaiting& operator=(const NoWaiting&) = delete;
    ~NoWaiting() { --depth(); }
    enum class Thread { may_wait, must_not };
    static Thread here() { return depth() == 0 ? Thread::may_wait : Thread::must_not; }

  private:
    static int& depth() {
        thread_local int depth = 0;
        return depth;
    }
};

}    // namespace countersign
