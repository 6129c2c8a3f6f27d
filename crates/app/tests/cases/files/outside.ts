// Nothing outside can be read or written
const tried: string[] = [];
for (const path of ['/etc/passwd', '../../etc/passwd', '/workspace/../etc/passwd', '/proc/self/environ', '/workspace/\0x']) {
  try {
    await fs.readFile(path);
    tried.push('read');
  } catch (e: any) {
    tried.push(e.name);
  }
}
try {
  await fs.writeFile('/servers/slack/evil.ts', 'x');
} catch (e: any) {
  tried.push(e.name);
}
return tried;
//= returned ["PermissionError","PermissionError","PermissionError","PermissionError","Error","PermissionError"]
