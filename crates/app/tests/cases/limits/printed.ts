// Printing is bounded
for (let i = 0; i < 200; i++) console.log('');
return 'end';
