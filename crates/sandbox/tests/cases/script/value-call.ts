import { post } from './servers/slack';
await post({ text: 'x' });
