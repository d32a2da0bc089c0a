#include "CAssets.h"
#pragma clang diagnostic ignored "-Wc23-extensions"

// One line a file: an array, and a row in the table below.
static const unsigned char placeholder[] = {0};

static const cassets_file files[] = {
    {"placeholder", placeholder, 0},
};

const cassets_file *cassets_files(size_t *count) {
  *count = sizeof(files) / sizeof(files[0]);
  return files;
}
