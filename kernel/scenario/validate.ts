// Validation: what is wrong with a document, in sentences that say where, what, and what was expected.
//
//   document + JSON Schema --> problems: [{ path: ["tasks", 0, "steps", 2, "aloc"], inKey: true, message }]
//
// The schema is the one that editors complete with; its `title` of each part is the phrase that a message uses for what was
// expected. Known are the keywords that the schema needs: type, enum, pattern, the limits of numbers, strings, lists and
// objects, properties, required, items, anyOf and references to definitions. A test compares the verdicts with a
// complete implementation.
//
// SV1: a document is valid if and only if there are no problems.
// SV2: of alternatives, the one whose type fits speaks; if none or several fit, the phrase of the whole does.

/** A part of a JSON Schema. */
export interface Schema {
	readonly title?: string;
	readonly type?: string;
	readonly enum?: readonly unknown[];
	readonly pattern?: string;
	readonly minLength?: number;
	readonly maxLength?: number;
	readonly minimum?: number;
	readonly maximum?: number;
	readonly exclusiveMinimum?: number;
	readonly minItems?: number;
	readonly maxItems?: number;
	readonly items?: Schema;
	readonly properties?: Readonly<Record<string, Schema>>;
	readonly required?: readonly string[];
	readonly additionalProperties?: boolean | Schema;
	readonly propertyNames?: Schema;
	readonly minProperties?: number;
	readonly maxProperties?: number;
	readonly anyOf?: readonly Schema[];
	readonly $ref?: string;
	readonly definitions?: Readonly<Record<string, Schema>>;
}

/** Where in a document: keys and indices from the top. */
export type Path = readonly (string | number)[];

/** Something wrong with a document. */
export interface Problem {
	readonly path: Path;
	/** The last key of the path itself is wrong, not what it holds. */
	readonly inKey: boolean;
	/** A sentence without the place and without the full stop. */
	readonly message: string;
}

const SIMILAR_MAX = 2; // changes of a letter between a mistake and what was meant
const WORDS_MAX = 60; // letters of a wrong value that a message shows

/** All problems of a document, in the order of the document; none if it is valid. */
export function validate(document: unknown, schema: Schema): Problem[] {
	return new Validator(schema).check(document, schema, []);
}

class Validator {
	constructor(private readonly root: Schema) {}

	check(value: unknown, part: Schema, path: Path): Problem[] {
		const schema = this.resolve(part);
		if (schema.anyOf) return this.checkAny(value, schema, path);
		if (schema.type !== undefined && !fits(value, schema.type))
			return [this.unexpected(value, schema, path)];
		if (!withinLimits(value, schema))
			return [this.unexpected(value, schema, path)];
		if (Array.isArray(value)) return this.checkItems(value, schema, path);
		if (isObject(value)) return this.checkObject(value, schema, path);
		return [];
	}

	/** The schema itself, with the definition behind a reference; the phrase of the place wins. */
	private resolve(part: Schema): Schema {
		if (part.$ref === undefined) return part;
		const name = part.$ref.replace("#/definitions/", "");
		const definition = this.resolve(this.root.definitions?.[name] ?? {});
		return part.title === undefined
			? definition
			: { ...definition, title: part.title };
	}

	private checkAny(value: unknown, schema: Schema, path: Path): Problem[] {
		const branches = (schema.anyOf ?? []).map((part) => this.resolve(part));
		const results = branches.map((part) => this.check(value, part, path));
		if (results.some((problems) => problems.length === 0)) return [];
		const fitting = branches.flatMap((part, index) =>
			this.canBe(value, part) ? [results[index] as Problem[]] : [],
		);
		const only = fitting[0];
		if (fitting.length === 1 && only && typeof value === "object") return only;
		return [this.unexpected(value, schema, path)];
	}

	private canBe(value: unknown, schema: Schema): boolean {
		if (schema.anyOf)
			return schema.anyOf.some((part) => this.canBe(value, this.resolve(part)));
		return schema.type === undefined || fits(value, schema.type);
	}

	private checkItems(
		value: readonly unknown[],
		schema: Schema,
		path: Path,
	): Problem[] {
		const { items } = schema;
		if (!items) return [];
		return value.flatMap((item, index) =>
			this.check(item, items, [...path, index]),
		);
	}

	private checkObject(
		value: Readonly<Record<string, unknown>>,
		schema: Schema,
		path: Path,
	): Problem[] {
		const problems: Problem[] = [];
		for (const key of schema.required ?? [])
			if (!(key in value)) problems.push(missing(key, value, schema, path));
		for (const [key, item] of Object.entries(value))
			problems.push(...this.checkProperty(key, item, schema, path));
		const { minProperties = 0, maxProperties = Infinity } = schema;
		const count = Object.keys(value).length;
		if (
			problems.length === 0 &&
			(count < minProperties || count > maxProperties)
		)
			problems.push(this.unexpected(value, schema, path));
		return problems;
	}

	private checkProperty(
		key: string,
		item: unknown,
		schema: Schema,
		path: Path,
	): Problem[] {
		const at = [...path, key];
		const { properties = {}, additionalProperties, propertyNames } = schema;
		const part = Object.hasOwn(properties, key) ? properties[key] : undefined;
		if (part) return this.check(item, part, at);
		if (propertyNames && !withinLimits(key, propertyNames))
			return [keyProblem(`expected ${phrase(propertyNames)}`, key, at)];
		if (additionalProperties === false)
			return [unknownKey(key, Object.keys(properties), at)];
		if (typeof additionalProperties === "object")
			return this.check(item, additionalProperties, at);
		return [];
	}

	private unexpected(value: unknown, schema: Schema, path: Path): Problem {
		const guess =
			typeof value === "string" ? didYouMean(value, words(schema)) : "";
		return {
			path,
			inKey: false,
			message: `expected ${phrase(schema)}, found ${describe(value)}${guess}`,
		};
	}
}

/** The value of a document in a few words. */
export function describe(value: unknown): string {
	if (value === null || value === undefined) return "nothing";
	if (typeof value === "string") return `"${shortened(value)}"`;
	if (Array.isArray(value)) return value.length ? "a list" : "an empty list";
	if (!isObject(value)) return String(value);
	const keys = Object.keys(value);
	return keys.length === 0 ? "nothing" : `keys ${shortened(keys.join(", "))}`;
}

const shortened = (text: string): string =>
	text.length > WORDS_MAX ? `${text.slice(0, WORDS_MAX)}...` : text;

/** ` (did you mean "alloc"?)` when one of `known` is nearly `word`, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
	const lower = word.toLowerCase();
	let best = "";
	let least = SIMILAR_MAX + 1;
	for (const candidate of known) {
		const distance = editDistance(lower, candidate.toLowerCase());
		if (distance < least && distance < candidate.length) {
			least = distance;
			best = candidate;
		}
	}
	return best === "" ? "" : ` (did you mean "${best}"?)`;
}

/** Letters to insert, remove or replace to get from one word to another; two swapped neighbours count once. */
function editDistance(a: string, b: string): number {
	let before: number[] = [];
	let above = Array.from({ length: b.length + 1 }, (_, i) => i);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const same = a[i - 1] === b[j - 1] ? 0 : 1;
			let cost = Math.min(
				(above[j] as number) + 1,
				(row[j - 1] as number) + 1,
				(above[j - 1] as number) + same,
			);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
				cost = Math.min(cost, (before[j - 2] as number) + 1);
			row.push(cost);
		}
		before = above;
		above = row;
	}
	return above[b.length] as number;
}

const phrase = (schema: Schema): string =>
	schema.title ?? schema.enum?.join(", ") ?? schema.type ?? "something else";

/** Words that a value may be. */
function words(schema: Schema): string[] {
	const own = (schema.enum ?? []).filter((word) => typeof word === "string");
	return [...own, ...(schema.anyOf ?? []).flatMap(words)];
}

function missing(
	key: string,
	value: Readonly<Record<string, unknown>>,
	schema: Schema,
	path: Path,
): Problem {
	const part = schema.properties?.[key]?.title;
	const what = part ? `: ${part}` : "";
	const known = Object.keys(schema.properties ?? {});
	const misspelt = Object.keys(value).find(
		(other) => !known.includes(other) && didYouMean(other, [key]) !== "",
	);
	const guess = misspelt ? ` (is "${misspelt}" meant?)` : "";
	return { path, inKey: false, message: `"${key}" is missing${what}${guess}` };
}

function unknownKey(
	key: string,
	known: readonly string[],
	path: Path,
): Problem {
	const guess = didYouMean(key, known);
	const list = guess === "" ? `; known are ${known.join(", ")}` : guess;
	return { path, inKey: true, message: `unknown key "${key}"${list}` };
}

const keyProblem = (expected: string, key: string, path: Path): Problem => ({
	path,
	inKey: true,
	message: `${expected}, found "${key}"`,
});

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === "object" && value !== null && !Array.isArray(value);

function fits(value: unknown, type: string): boolean {
	if (type === "integer") return Number.isInteger(value);
	if (type === "number")
		return typeof value === "number" && Number.isFinite(value);
	if (type === "array") return Array.isArray(value);
	if (type === "object") return isObject(value);
	return typeof value === type; // string or boolean
}

function withinLimits(value: unknown, schema: Schema): boolean {
	if (schema.enum && !schema.enum.includes(value)) return false;
	if (typeof value === "number") return numberWithin(value, schema);
	if (typeof value === "string") return textWithin(value, schema);
	if (!Array.isArray(value)) return true;
	const { minItems = 0, maxItems = Infinity } = schema;
	return value.length >= minItems && value.length <= maxItems;
}

function numberWithin(value: number, schema: Schema): boolean {
	const { minimum = -Infinity, maximum = Infinity } = schema;
	const { exclusiveMinimum = -Infinity } = schema;
	return value >= minimum && value <= maximum && value > exclusiveMinimum;
}

function textWithin(value: string, schema: Schema): boolean {
	const { minLength = 0, maxLength = Infinity, pattern } = schema;
	if (value.length < minLength || value.length > maxLength) return false;
	return pattern === undefined || new RegExp(pattern, "u").test(value);
}
