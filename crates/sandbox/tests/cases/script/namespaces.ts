import * as slack from './servers/slack';
import * as crm from './servers/crm';
await slack.sendMesage({ text: 'a' });
if (slack.reply) await slack.reply({ text: slack.sendMesage.name });
await crm.mayBe?.({ a: 1 });
await crm.update!({ a: crm.query({}) });
