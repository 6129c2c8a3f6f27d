// The built-in module, under both names published examples use.

freeze(assign(narrows.exports, { fs, searchTools, callMCPTool, contentOf, readResource, toolRegistry, results, checkpoint, privacy, ToolError, PermissionError, NetworkError, UnknownOutcomeError, LimitError }));

native.builtin(
  ["narrows", "@anthropic/code-execution"],
  `${ownKeys(narrows.exports)
    .map((name) => `export const ${name} = __narrows.exports.${name};`)
    .join("\n")}\nexport default __narrows.exports;`,
);
