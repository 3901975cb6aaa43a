#pragma once

#include <optional>
#include <string>

namespace dcgan {

/**
 * The CPUs' worth of time that control groups (cgroups, version 1 and 2) leave this process: the least quota
 * of its own group and of all above it. Nothing where there is no quota. `root` stands before /proc and
 * before the mount points.
 */
std::optional<double> cpu_quota(const std::string& root);

}  // namespace dcgan
