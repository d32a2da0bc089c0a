// Child processes: started with nothing inherited, watched and killed by descriptor, always reaped.
#pragma once
#include <stddef.h>
#include <sys/types.h>

/// Starts a program in a session of its own, with default signals, the given environment, and no descriptor but `descriptors`,
/// which become 0, 1, 2 … in their order. Returns 0 and the process, or an errno.
int clinux_spawn(
    const char *path, char *const arguments[], char *const environment[], const int *descriptors, size_t count,
    pid_t *process);
/// A descriptor of a process that has not been reaped; readable once it has ended. Returns -1 with errno set on failure.
int clinux_process_descriptor(pid_t process);
/// Sends a signal to exactly that process, never to a later one of the same number. Returns 0, or an errno.
int clinux_process_signal(int descriptor, int signal);
/// Reaps a child that has ended. Returns 1 with its exit code, or its signal as a negative number, in `status`; 0 while it runs;
/// -1 with errno set when it is no child of ours.
int clinux_process_reap(int descriptor, int *status);
/// A file in memory that holds the bytes, to be read from its beginning; closed at exec. Returns -1 with errno set on failure.
int clinux_memory_file(const void *bytes, size_t count);
/// pipe2 with O_CLOEXEC. Returns 0, or an errno.
int clinux_pipe(int ends[2]);
