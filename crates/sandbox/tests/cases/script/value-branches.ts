import { post } from './servers/slack';
try {
  const sent = await post({ text: 'x' });
  if (sent.ok) { sent.ts } else { 'not sent'; }
} catch (error) {
  console.error(error);
}
