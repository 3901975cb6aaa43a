#pragma once

#include <chrono>
#include <map>
#include <string>

namespace dcgan {

/** Time spent in each operator of a step, summed over steps. Costs nothing worth naming when it is off. */
class Profile {
 public:
  bool enabled = false;
  /** Seconds by operator. */
  std::map<std::string, double> seconds;

  /** Runs f and books its time under `name`. On a GPU this is the time to launch, not to compute. */
  template <typename F>
  auto operator()(const std::string& name, F f) {
    const Clock clock(*this, name);
    return f();
  }

 private:
  class Clock {
   public:
    Clock(Profile& profile, const std::string& name)
        : profile_(profile), name_(name), start_(std::chrono::steady_clock::now()) {}
    ~Clock() {
      if (!profile_.enabled) return;
      profile_.seconds[name_] +=
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

   private:
    Profile& profile_;
    const std::string& name_;
    std::chrono::steady_clock::time_point start_;
  };
};

}  // namespace dcgan
