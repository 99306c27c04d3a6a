import { expect } from "chai";
import * as instruction from "../../../kernel/scenario/instruction";

describe("kernel/scenario/instruction", () => {
	const named = (prefix: string): number[] =>
		Object.entries(instruction).flatMap(([name, value]) =>
			name.startsWith(prefix) ? [value as number] : [],
		);

	it("numbers operations and picks differently", () => {
		for (const prefix of ["OP_", "PICK_"]) {
			const numbers = named(prefix);
			expect(numbers.length).to.be.above(2);
			expect(new Set(numbers).size).to.equal(numbers.length);
		}
	});

	it("gives all instructions one shape", () => {
		const { Instruction, OP_JUMP, OP_KMALLOC } = instruction;
		expect(Object.keys(new Instruction(OP_JUMP))).to.deep.equal(
			Object.keys(new Instruction(OP_KMALLOC)),
		);
	});
});
