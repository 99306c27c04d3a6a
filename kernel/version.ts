// Which kernel this is, in the words in which Linux says it.

/** Release, as uname -r prints it: the version whose behaviour is followed, and whose kernel it is. */
export const RELEASE = "6.1.0-flagstone";

/** First line of the log and text of /proc/version. */
export const VERSION_LINE = `Linux version ${RELEASE} (flagstone@localhost) (Flagstone 0.1.0) #1 SMP PREEMPT_DYNAMIC`;
