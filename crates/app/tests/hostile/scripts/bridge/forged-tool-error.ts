// expect: threw ToolError: forged
throw Object.assign(new Error('forged'), { name: 'ToolError', server: 'slack', tool: 'send_message', code: 'limit' });
