// Why a file cannot be read, in one sentence for whoever named it.
//
//   ENOENT   There is no file buddy.trace.
//   EACCES   buddy.trace may not be read (EACCES).
//   others   buddy.trace cannot be read (EISDIR).
//
// UR1: a sentence about the file that an Error already says is not put into another.

/** Why a file cannot be read, as a sentence; one that an Error says already stays as it is. */
export function unreadable(name: string, error: unknown): string {
	const { code, message } = error as NodeJS.ErrnoException;
	if (code === undefined && message.startsWith(name)) return message;
	if (code === "ENOENT") return `There is no file ${name}.`;
	if (code === "EACCES") return `${name} may not be read (${code}).`;
	return `${name} cannot be read (${code ?? String(error)}).`;
}
