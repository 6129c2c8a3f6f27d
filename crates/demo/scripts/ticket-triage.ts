// Each new ticket goes to the team whose keywords it holds most of; what fits no team is raised in one message.
import { queryRecords } from './servers/salesforce';
import { sendMessage } from './servers/slack';
import { addComment, getTickets, updateTicket } from './servers/zendesk';

const [tickets, teams] = await Promise.all([
  getTickets({ status: 'new', assignee: null, limit: 100 }),
  queryRecords({ object: 'Support_Team__c', fields: ['Name', 'Slack_Channel__c', 'Keywords__c', 'zendesk_group_id'] }),
]);

const text = (ticket: any) => `${ticket.subject} ${ticket.description}`.toLowerCase();
const keywords = (team: any): string[] => team.Keywords__c.split(',').map((word: string) => word.trim());
const score = (ticket: any, team: any) => keywords(team).filter((word) => text(ticket).includes(word)).length;
const isUrgent = (ticket: any) => /urgent|critical|crash|not working/.test(text(ticket));

const byTeam: Record<string, number> = {};
const nobodys: any[] = [];
for (const ticket of tickets) {
  const best = [...teams].sort((a, b) => score(ticket, b) - score(ticket, a))[0];
  if (score(ticket, best) === 0) {
    nobodys.push(ticket);
    continue;
  }
  const priority = isUrgent(ticket) ? 'urgent' : 'normal';
  const fields = { assignee_group_id: best.zendesk_group_id, priority, tags: [...ticket.tags, 'routed'] };
  await Promise.all([
    updateTicket({ ticketId: ticket.id, fields }),
    addComment({ ticketId: ticket.id, body: `For the team ${best.Name}.`, public: false }),
    sendMessage({ channel: best.Slack_Channel__c, text: `${priority}: ${ticket.subject} ${ticket.url}` }),
  ]);
  byTeam[best.Name] = (byTeam[best.Name] ?? 0) + 1;
}
if (nobodys.length > 0) {
  const list = nobodys.map((ticket) => `${ticket.subject} ${ticket.url}`).join('\n');
  await sendMessage({ channel: '#support-escalations', text: `${nobodys.length} tickets for nobody:\n${list}` });
}

return { tickets: tickets.length, byTeam, escalated: nobodys.length };
