// The last line calls a method of a class
class Job {
  async run() { return 'ran'; }
}
const job = new Job();
await job.run();
//= returned "ran"
//= repair: The script has no `return`: the value of its last expression was returned
