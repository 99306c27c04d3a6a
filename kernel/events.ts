// Event codes of the running system, and what the four words of each record mean.
//
//   code         a                  b                        c               d
//   ------------------------------------------------------------------------------------------
//   stage        context            1 begins, 0 ends         -               -
//   log          level              letters                  -               -         text: the line
//   tick         number             -                        -               -
//   task_new     pid                pid of the parent or 0   1 kernel thread -         text: its name
//   task_exit    pid                exit code                1 killed        -         gives back all but its record
//   task_end     pid                -                        -               -         its record goes too
//   switch       pid or 0 for idle  pid that leaves or 0     LEFT_ number    -
//   fault        page, low          page, high | code << 8   pid             -
//   map, unmap   page, low          page, high               pages           pid
//   protect      page, low          page, high | PROT_ << 8  pages           pid
//
// Codes from 96 on. Pages are named as in hw/events.ts.

export const EV_STAGE = 96;
export const EV_LOG = 97;
export const EV_TICK = 98;
export const EV_TASK_NEW = 99;
export const EV_TASK_EXIT = 100;
export const EV_TASK_END = 101;
export const EV_SWITCH = 102;
export const EV_FAULT = 103;
export const EV_MAP = 104;
export const EV_UNMAP = 105;
export const EV_PROTECT = 106;

/** Why a task left its CPU. */
export const LEFT_NOBODY = 0; // nobody left: the CPU was idle
export const LEFT_WAITING = 1; // it waits or sleeps
export const LEFT_RUNNABLE = 2; // it yielded, or its slice was used
export const LEFT_ENDED = 3;

/** Names of the codes from `stage` on, for reports. */
export const KERNEL_EVENT_NAMES = [
	"stage",
	"log",
	"tick",
	"task_new",
	"task_exit",
	"task_end",
	"switch",
	"fault",
	"map",
	"unmap",
	"protect",
] as const;
