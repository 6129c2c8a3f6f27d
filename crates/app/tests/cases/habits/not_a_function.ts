// What is no function is named
const report = { rows: [1] };
return report.total();
//= threw at 3:15: TypeError: `report.total` is not a function
//deno= threw at 3:15: TypeError: report.total is not a function
