#pragma once

#include <string>
#include <system_error>

#include "error.h"

namespace dcgan {

/** How many CPU threads are taken when nobody says, and what decided it. */
struct ThreadCount {
  int count;
  std::string reason;
};

/**
 * OMP_NUM_THREADS, where it is set; else the CPUs that the process may run on, or fewer where a control group
 * has a quota of their time. `root` stands before /proc and /sys, for the tests.
 */
ThreadCount default_threads(const std::string& root = "");

/**
 * Makes `threads` CPU threads work for the calling thread. OpenMP ends the whole process when it cannot make
 * one of them, so as many are made and ended first. Throws ERR_THREADS when the system refuses one.
 */
void use_threads(int threads);

/** The error of a thread that the system refused. */
Error thread_refused(const std::system_error& refusal);

}  // namespace dcgan
