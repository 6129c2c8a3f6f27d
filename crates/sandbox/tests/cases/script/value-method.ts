import { Job } from './skills/job';
const job = new Job();
await job.run();
