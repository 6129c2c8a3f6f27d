// A tool's failure is an exception with a code, so a loop decides by itself what to do about each.
import { listPullRequests, mergePullRequest } from './servers/github';

const merged: number[] = [];
const kept: { number: number; why: string }[] = [];

for (const { number } of await listPullRequests({ repo: 'billing' })) {
  try {
    await mergePullRequest({ repo: 'billing', number });
    merged.push(number);
  } catch (error: any) {
    if (error.name !== 'ToolError') throw error;
    kept.push({ number, why: error.message });
  }
}

return { merged, kept };
