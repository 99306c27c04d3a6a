import { expect } from "chai";
import {
	addressText,
	pfnText,
	signed,
	virtualText,
} from "../../../../scripts/viewer/model/numbers";

describe("numbers of the page", () => {
	it("writes addresses as the kernel does", () => {
		expect(pfnText(4096)).to.equal("0x1000");
		expect(addressText(0x1234440)).to.equal("0xffff888001234440");
		expect(addressText(0x123456789a)).to.equal("0xffff88923456789a");
		expect(virtualText(0x400000)).to.equal("0x000000400000");
		expect(virtualText(0x888000000000)).to.equal("0xffff888000000000");
	});

	it("writes differences with their sign", () => {
		expect([12_000, 0, -3].map(signed)).to.deep.equal(["+12,000", "0", "-3"]);
	});
});
