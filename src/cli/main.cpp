#include "cli/cli.hpp"

int main(int argc, char** argv) { return countersign::cli::run(argc, argv); }
