// The built-in module, under both names published examples use.

freeze(assign(narrows.builtin, { fs, searchTools, callMCPTool, toolRegistry, results, checkpoint, ToolError, PermissionError, NetworkError, UnknownOutcomeError }));

native.builtin(
  ["narrows", "@anthropic/code-execution"],
  `${ownKeys(narrows.builtin)
    .map((name) => `export const ${name} = __narrows.builtin.${name};`)
    .join("\n")}\nexport default __narrows.builtin;`,
);
