#pragma once

namespace countersign::cli {
/// The `countersign` command. Exit codes: 0 fine, 1 what was checked is not fine, 2 the call was wrong, 3 it could not
/// be checked.
int run(int argc, char** argv);
}    // namespace countersign::cli
