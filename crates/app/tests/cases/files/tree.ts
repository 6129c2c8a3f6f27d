// The tree of servers can be read
const servers = await fs.readdir('./servers');
const tool = await fs.readFile('./servers/slack/sendMessage.ts', 'utf-8');
return [servers, await fs.readdir('/servers/slack'), (tool as string).includes('export')];
//= returned [["github","google-drive","google-sheets","jira","salesforce","sendgrid","slack","zendesk"],["getConversationHistory.ts","index.ts","listChannels.ts","sendMessage.ts"],true]
