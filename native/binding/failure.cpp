#include "failure.h"

#include <c10/util/Exception.h>

#include <new>

#include "../core/error.h"

namespace dcgan {
namespace {

constexpr const char* memory_remedy = ". Use a smaller batchSize, or free memory.";
/** For when there is no memory for a sentence either. */
constexpr const char* memory_sentence = "Memory ran out. Use a smaller batchSize, or free memory.";

bool says_out_of_memory(const std::string& sentence) {
  return sentence.find("can't allocate memory") != std::string::npos ||
         sentence.find("not enough memory") != std::string::npos ||
         sentence.find("out of memory") != std::string::npos;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Failure described(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return {error.code(), error.what()};
  } catch (const c10::Error& error) {
    const auto sentence = first_line(error.what_without_backtrace());
    if (says_out_of_memory(sentence)) return {"ERR_OUT_OF_MEMORY", sentence + memory_remedy};
    return {"ERR_NATIVE", sentence};
  } catch (const std::bad_alloc&) {
    return {"ERR_OUT_OF_MEMORY", {}};
  } catch (const std::exception& error) {
    return {"ERR_NATIVE", first_line(error.what())};
  } catch (...) {
    return {"ERR_NATIVE", "The native library threw something that is not an exception."};
  }
}

const char* sentence_of(const Failure& failure) {
  return failure.sentence.empty() ? memory_sentence : failure.sentence.c_str();
}

}  // namespace

Failure describe(const std::exception_ptr& exception) noexcept {
  try {
    return described(exception);
  } catch (...) {
    return {"ERR_OUT_OF_MEMORY", {}};
  }
}

void throw_error(Napi::Env env, const Failure& failure) {
  auto error = Napi::Error::New(env, sentence_of(failure));
  error.Set("code", failure.code);
  throw error;
}

napi_value error_of(napi_env env, const Failure& failure) noexcept {
  napi_value code, sentence, error;
  const bool made =
      napi_create_string_utf8(env, failure.code, NAPI_AUTO_LENGTH, &code) == napi_ok &&
      napi_create_string_utf8(env, sentence_of(failure), NAPI_AUTO_LENGTH, &sentence) == napi_ok &&
      napi_create_error(env, code, sentence, &error) == napi_ok;
  return made ? error : nullptr;
}

}  // namespace dcgan
