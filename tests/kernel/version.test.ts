import { expect } from "chai";
import { boot } from "../../kernel/boot";
import { RELEASE, VERSION_LINE } from "../../kernel/version";

describe("the version", () => {
	it("is in the form in which Linux gives it", () => {
		const form =
			/^Linux version (\S+) \(\S+@\S+\) \(.+\) #1 SMP PREEMPT_DYNAMIC$/;
		expect(form.exec(VERSION_LINE)?.[1]).to.equal(RELEASE);
		expect(RELEASE).to.match(/^6\.1\./);
	});

	it("begins the log and is /proc/version", () => {
		const kernel = boot({ memory: "8M" });
		expect(kernel.logLines()[0]).to.equal(`[    0.000000] ${VERSION_LINE}`);
		expect(kernel.proc("version")).to.equal(`${VERSION_LINE}\n`);
	});
});
