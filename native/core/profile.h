#pragma once

#include <chrono>
#include <map>
#include <string>

namespace dcgan {

/**
 * Time spent in each operator of a step, summed over steps. Costs nothing worth naming
 * when it is off.
 */
class Profile {
 public:
  bool enabled = false;
  /** Seconds by operator. */
  std::map<std::string, double> seconds;

  /** Measures anew, as long as it lives. */
  class Enabled {
   public:
    explicit Enabled(Profile& profile) : profile_(profile) {
      profile.seconds.clear();
      profile.enabled = true;
    }
    ~Enabled() { profile_.enabled = false; }
    Enabled(const Enabled&) = delete;
    Enabled& operator=(const Enabled&) = delete;

   private:
    Profile& profile_;
  };

  /**
   * Runs f and books its time under `name`. On a GPU this is the time to launch, not to compute.
   */
  template <typename F>
  auto operator()(const std::string& name, F f) {
    const Clock clock(*this, name);
    return f();
  }

 private:
  class Clock {
   public:
    Clock(Profile& profile, const std::string& name)
        : seconds_(profile.enabled ? &profile.seconds[name] : nullptr),
          start_(std::chrono::steady_clock::now()) {}
    ~Clock() {
      if (seconds_ == nullptr) return;
      *seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;

   private:
    /** Where the time is booked; null where it is not. */
    double* seconds_;
    std::chrono::steady_clock::time_point start_;
  };
};

}  // namespace dcgan
