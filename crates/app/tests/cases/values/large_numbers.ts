// Numbers keep their JSON form
return [9007199254740993, 0.1 + 0.2, 1e-7, 123456789012345680000];
