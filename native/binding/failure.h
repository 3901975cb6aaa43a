#pragma once

#include <exception>
#include <string>

#include "napi_setup.h"

namespace dcgan {

/** An exception as the JavaScript side sees it. */
struct Failure {
  /** A code of lib/errors.ts, null where nothing failed. A literal, so that it is there without memory. */
  const char* code = nullptr;
  std::string sentence;
};

/** Of an exception: its code and its first line, without libtorch's back trace. */
Failure describe(const std::exception_ptr& exception) noexcept;

/** Throws a JavaScript error with `code`. */
[[noreturn]] void throw_error(Napi::Env env, const Failure& failure);

/** The JavaScript error of a failure, for where the environment may be closing: null when Node refuses. */
napi_value error_of(napi_env env, const Failure& failure) noexcept;

/** Calls f; whatever it throws becomes a JavaScript error with a code. */
template <typename F>
auto coded(Napi::Env env, F f) {
  try {
    return f();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw_error(env, describe(std::current_exception()));
  }
}

}  // namespace dcgan
