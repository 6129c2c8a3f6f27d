import { searchTools as find } from 'narrows';
return find('read a file');
