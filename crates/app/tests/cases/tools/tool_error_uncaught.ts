// An uncaught tool's failure tells where it was called
import { getDocument } from './servers/google-drive';

async function load(id: string) {
  return await getDocument({ id });
}
await load('doc-999');
