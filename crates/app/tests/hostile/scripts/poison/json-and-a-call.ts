// expect: returned true
import { listChannels } from './servers/slack';
JSON.stringify = () => '{"forged":true}';
JSON.parse = () => 'forged';
return Array.isArray(await listChannels());
