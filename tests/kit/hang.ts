/**
 * How long a test waits for something real (a program, a terminal, a file) before it names what it waits for. Far above what
 * anything takes with ten other programs on the machine: nothing passes or fails by it but what never comes.
 */
export const HANG_MS = 300_000;
