import { fs } from 'narrows';
return await fs.readFile('/tmp/report.csv', 'utf-8');
//= threw at 2:17: Error [ENOENT]: ENOENT: no such file or directory, '/tmp/report.csv': this is the sandbox's own `/tmp`, files of the machine are reached through tools
