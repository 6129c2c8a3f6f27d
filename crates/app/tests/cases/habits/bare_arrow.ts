async () => {
  const rows = [3, 4];
  return rows.length;
}
//= returned 2
//= repair: The script has no `return`: the function at its end was called, and its value returned
