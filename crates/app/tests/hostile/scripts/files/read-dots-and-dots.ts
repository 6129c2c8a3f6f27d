// expect: threw Error
return await fs.readFile('/workspace/..././..././etc/passwd', 'utf-8');
