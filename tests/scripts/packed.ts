// One line of text, packed by `xz` and by `zstd`, for the tests of what unpacks files.

export const PACKED_LINE = "# tracer: nop\n";

const PACKED = {
	xz: "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQANIyB0cmFjZXI6IG5vcAoAAABsnrE2IuSUVgABJg4IG+AEH7bzfQEAAAAABFla",
	zstd: "KLUv/SQOcQAAIyB0cmFjZXI6IG5vcAr9YA3U",
};

/** The bytes of the packed line. */
export const packedLine = (how: keyof typeof PACKED): Buffer =>
	Buffer.from(PACKED[how], "base64");
