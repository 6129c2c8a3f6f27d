// expect: returned "kept"
await checkpoint.set('../../../etc/passwd', 'kept');
return await checkpoint.get('../../../etc/passwd');
