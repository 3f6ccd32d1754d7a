# What programs with windows look for by variables of the host, as far as it is in the store: icons,
# themes, cursors and kinds of files, which NixOS has in the profiles of the system and of its
# users; drivers, for who has them from nixGL or the like and not in /run/opengl-driver; plug-ins.
let
  variables = [
    "GBM_BACKENDS_PATH"
    "GST_PLUGIN_PATH"
    "GST_PLUGIN_PATH_1_0"
    "GST_PLUGIN_SYSTEM_PATH_1_0"
    "LD_LIBRARY_PATH"
    "LIBGL_DRIVERS_PATH"
    "LIBVA_DRIVERS_PATH"
    "QT_PLUGIN_PATH"
    "VDPAU_DRIVER_PATH"
    "VK_DRIVER_FILES"
    "VK_ICD_FILENAMES"
    "XCURSOR_PATH"
    "XDG_DATA_DIRS"
    "__EGL_VENDOR_LIBRARY_FILENAMES"
  ];
in
{
  path-variables = variables;
  # Whatever other policies say of what the program gets. An empty one is taken away.
  environment.set = builtins.listToAttrs (
    map (name: {
      inherit name;
      value = "\${${name}:-}";
    }) variables
  );
}
