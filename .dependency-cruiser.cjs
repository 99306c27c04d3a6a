// The one way down: hw <- mm <- kernel <- scripts. Nothing imports upwards, nothing imports in a circle,
// and the engine (hw, mm, kernel) knows neither Node nor any package.

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
	forbidden: [
		{
			name: "no-circular",
			severity: "error",
			comment: "Two files that need each other are one subject.",
			from: {},
			to: { circular: true },
		},
		{
			name: "hw-imports-only-hw",
			severity: "error",
			from: { path: "^hw/" },
			to: { pathNot: "^hw/" },
		},
		{
			name: "mm-imports-only-downwards",
			severity: "error",
			from: { path: "^mm/" },
			to: { pathNot: "^(hw|mm)/" },
		},
		{
			name: "kernel-imports-only-downwards",
			severity: "error",
			comment:
				"No Node module and no package either: the engine bundles as it is.",
			from: { path: "^kernel/" },
			to: { pathNot: "^(hw|mm|kernel)/" },
		},
		{
			name: "scripts-do-not-import-tests",
			severity: "error",
			from: { path: "^scripts/" },
			to: { path: "^tests/" },
		},
		{
			name: "auditors-only-read",
			severity: "error",
			comment: "Without mm/check the machine still runs.",
			from: { path: "^(hw|mm)/", pathNot: "^mm/check/" },
			to: { path: "^mm/check/" },
		},
		{
			name: "pages-know-no-node",
			severity: "error",
			comment: "What runs in a page is neither Node's nor a command's.",
			from: { path: "^scripts/viewer/(page|model)/" },
			to: {
				pathNot:
					"^(hw|mm|kernel)/|^scripts/viewer/(page|model)/|^scripts/report/text|fflate",
			},
		},
		{
			name: "resolvable",
			severity: "error",
			from: {},
			to: { couldNotResolve: true },
		},
		{
			name: "declared-packages",
			severity: "error",
			comment:
				"What the product imports is in dependencies; only benchmarks may use development packages.",
			from: { path: "^scripts/", pathNot: "^scripts/bench/" },
			to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
		},
	],
	options: {
		doNotFollow: { path: "node_modules" },
		tsPreCompilationDeps: true,
		tsConfig: { fileName: "tsconfig.json" },
		enhancedResolveOptions: {
			exportsFields: ["exports"],
			conditionNames: ["import", "require", "node", "default", "types"],
		},
	},
};
