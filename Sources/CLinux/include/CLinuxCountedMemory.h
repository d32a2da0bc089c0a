// malloc as usual, with a count of what each thread holds: without a lock, so that counting costs nothing.
#pragma once
#include <stdint.h>

void *clinux_counted_malloc(int bytes);
void *clinux_counted_realloc(void *memory, int bytes);
void clinux_counted_free(void *memory);
/// Bytes that a block has room for.
int clinux_counted_size(void *memory);
/// What this thread took and has not given back; below 0 where it gave back what others took.
int64_t clinux_counted_bytes(void);
