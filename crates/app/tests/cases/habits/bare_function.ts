async function () {
  return 'called';
}
//= returned "called"
//= repair: The script has no `return`: the function at its end was called, and its value returned
