async ({ tools }) => tools.length;
