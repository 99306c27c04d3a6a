// Where the package is: the folder with package.json, above the sources as well as above dist/.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The nearest folder at or above `from` that has a package.json. */
export function packageRoot(from: string = __dirname): string {
	let folder = from;
	while (!existsSync(join(folder, "package.json"))) {
		const above = dirname(folder);
		if (above === folder) throw new Error(`No package.json above ${from}.`);
		folder = above;
	}
	return folder;
}

/** Version of the package. */
export function packageVersion(): string {
	const file = join(packageRoot(), "package.json");
	return (JSON.parse(readFileSync(file, "utf8")) as { version: string })
		.version;
}
