// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stands in for the kernel's handling of PCI errors, which User-Mode-Linux does not have: asks a driver what the
 * kernel asks it, in that order, with the device locked and its state set (Documentation/PCI/pci-error-recovery.rst).
 *
 *	echo STEP SLOT >/sys/module/buserror/parameters/step
 *
 * STEP frozen: the slot was cut off; reset: it was reset and works; dead: it cannot be brought back. The write
 * fails with EINVAL for another step, ENODEV where no device or no such driver is, EIO if the driver's answer is not
 * what lets the kernel go on.
 */
#include <linux/module.h>
#include <linux/pci.h>

static const struct {
	const char *name;
	pci_channel_state_t state;
	pci_ers_result_t good;
} steps[] = {
	{"frozen", pci_channel_io_frozen, PCI_ERS_RESULT_NEED_RESET},
	{"reset", pci_channel_io_normal, PCI_ERS_RESULT_RECOVERED},
	{"dead", pci_channel_io_perm_failure, PCI_ERS_RESULT_DISCONNECT},
};

static pci_ers_result_t ask(struct pci_dev *pdev, const struct pci_error_handlers *handlers,
			    pci_channel_state_t state)
{
	pci_ers_result_t answer;

	pdev->error_state = state;
	if (state != pci_channel_io_normal)
		return handlers->error_detected(pdev, state);
	answer = handlers->slot_reset(pdev);
	if (answer == PCI_ERS_RESULT_RECOVERED && handlers->resume)
		handlers->resume(pdev);
	return answer;
}

static int do_step(struct pci_dev *pdev, unsigned int n)
{
	struct pci_driver *driver;
	int rc = -ENODEV;

	device_lock(&pdev->dev);
	driver = pdev->dev.driver ? to_pci_driver(pdev->dev.driver) : NULL;
	if (driver && driver->err_handler)
		rc = ask(pdev, driver->err_handler, steps[n].state) == steps[n].good ? 0 : -EIO;
	device_unlock(&pdev->dev);
	return rc;
}

static int set_step(const char *text, const struct kernel_param *param)
{
	unsigned int domain, bus, device, function, n = 0;
	struct pci_dev *pdev;
	char name[8];
	int rc;

	if (sscanf(text, "%7s %x:%x:%x.%x", name, &domain, &bus, &device, &function) != 5)
		return -EINVAL;
	while (n < ARRAY_SIZE(steps) && strcmp(name, steps[n].name))
		n++;
	if (n == ARRAY_SIZE(steps))
		return -EINVAL;
	pdev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(device, function));
	if (!pdev)
		return -ENODEV;
	rc = do_step(pdev, n);
	pci_dev_put(pdev);
	return rc;
}

static const struct kernel_param_ops step_ops = {.set = set_step};
module_param_cb(step, &step_ops, NULL, 0200);
MODULE_PARM_DESC(step, "what happens to which slot");

MODULE_DESCRIPTION("PCI errors, for tests");
MODULE_LICENSE("GPL");
