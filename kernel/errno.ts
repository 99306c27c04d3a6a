// Error numbers: what a request answers when it cannot do what was asked, as negative numbers.
//
// The values are those of Linux on every architecture [include/uapi/asm-generic/errno-base.h].

export const EPERM = 1; // operation not permitted
export const ESRCH = 3; // no such task
export const ECHILD = 10; // no child to wait for
export const EAGAIN = 11; // try again
export const ENOMEM = 12; // out of memory
export const EFAULT = 14; // bad address
export const EBUSY = 16; // still in use
export const EINVAL = 22; // invalid argument
export const EOPNOTSUPP = 95; // cannot be done here

const NAMES: ReadonlyMap<number, string> = new Map([
	[EPERM, "EPERM"],
	[ESRCH, "ESRCH"],
	[ECHILD, "ECHILD"],
	[EAGAIN, "EAGAIN"],
	[ENOMEM, "ENOMEM"],
	[EFAULT, "EFAULT"],
	[EBUSY, "EBUSY"],
	[EINVAL, "EINVAL"],
	[EOPNOTSUPP, "EOPNOTSUPP"],
]);

/** A result as text: `-ENOMEM` for errors that have a name, else the number. */
export function resultText(result: number): string {
	const name = result < 0 ? NAMES.get(-result) : undefined;
	return name === undefined ? String(result) : `-${name}`;
}
