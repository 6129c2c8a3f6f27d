// Counts.
async function () {
  return 7;
}
