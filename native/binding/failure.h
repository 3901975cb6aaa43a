#pragma once

#include <exception>
#include <string>

#include "napi_setup.h"

namespace dcgan {

/** An exception as the JavaScript side sees it. */
struct Failure {
  std::string code, sentence;
};

/** Of the exception being handled: its code and its first line, without libtorch's back trace. */
Failure describe(const std::exception_ptr& exception);

/** Throws a JavaScript error with `code`. */
[[noreturn]] void throw_error(Napi::Env env, const Failure& failure);

}  // namespace dcgan
