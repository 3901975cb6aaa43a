#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

/**
 * A sentence about behaviour and the code that shows it; main.cpp lists and runs
 * them, jest reports them.
 */
struct Case {
  std::string sentence;
  std::function<void()> body;
};

inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

struct Register {
  Register(std::string sentence, std::function<void()> body) {
    cases().push_back({std::move(sentence), std::move(body)});
  }
};

inline void expect(bool condition, const std::string& message) {
  if (!condition) throw std::runtime_error(message);
}

/** ‖a − b‖ / ‖b‖ in double. */
inline double relative_rms(const at::Tensor& a, const at::Tensor& b) {
  const auto wanted = b.to(at::kDouble);
  return (a.to(at::kDouble) - wanted).norm().item<double>() / std::max(wanted.norm().item<double>(), 1e-30);
}

inline void expect_close(const std::string& what, const at::Tensor& a, const at::Tensor& b, double limit) {
  expect(a.sizes() == b.sizes(), what + ": the shapes differ");
  const double error = relative_rms(a, b);
  std::ostringstream message;
  message << what << ": relative error " << error << " above " << limit;
  expect(error <= limit, message.str());
}
