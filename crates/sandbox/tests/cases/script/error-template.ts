const text = `never closed;
